// Diagrams as the page needs them, before Material draws them (https://squidfunk.github.io/mkdocs-material/reference/diagrams/).

// What Material leaves in Mermaid's own colours, which the dark scheme swallows.
const COLOURS = `
  .sectionTitle, .sectionTitle > tspan { fill: var(--md-mermaid-edge-color); font-family: var(--md-mermaid-font-family); }
  defs marker path, defs marker circle { fill: var(--md-mermaid-edge-color) !important; }
  .sequenceNumber { fill: var(--md-default-bg-color) !important; }
`;
const initialize = mermaid.initialize;
mermaid.initialize = (given) => initialize({ ...given, themeCSS: (given.themeCSS ?? "") + COLOURS });

// One that is wider than the page keeps its text readable and scrolls, instead of shrinking with the page.
const LEAST = 0.65;
const render = mermaid.render;
mermaid.render = async (...given) => {
  const drawn = await render(...given);
  const svg = drawn.svg.replace(
    /max-width: ([\d.]+)px;/,
    (found, width) => `${found} min-width: ${Math.round(width * LEAST)}px;`,
  );
  return { ...drawn, svg };
};
