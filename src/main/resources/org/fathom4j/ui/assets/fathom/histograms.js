// Deeplearning4j's model page means to show the histogram of the parameter W, or else of the first, and
// because of a slip always that of W, which the residual layers do not have. Here it shows the first.

function showingAParameter(render, histograms, get, set) {
  return data => {
    const found = data[histograms];
    if (found && !found[get()] && found.paramNames.length > 0) {
      set(found.paramNames[0]);
    }
    render(data);
  };
}

renderParametersHistogram = showingAParameter(
  renderParametersHistogram, 'paramHist',
  () => currSelectedParamHist, name => { currSelectedParamHist = name; });

renderUpdatesHistogram = showingAParameter(
  renderUpdatesHistogram, 'updateHist',
  () => currSelectedUpdateHist, name => { currSelectedUpdateHist = name; });
