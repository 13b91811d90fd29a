// Hands moments of a network to its graph, wherever that stands on the page: they come often, and all else of it seldom.
export default function ({ data }) {
  const { graphs, waiting } = (window.glassboxGraphs ??= { graphs: new Map(), waiting: new Map() });
  const take = graphs.get(data.identity);
  if (take) take(data.frames);
  else waiting.set(data.identity, data.frames);
}
