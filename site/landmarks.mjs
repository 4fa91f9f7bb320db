/** The page of TypeDoc with a main landmark, named navigations, and no link inside a summary. */
export function withLandmarks(html) {
  return html
    .replace('<div class="col-content">', '<div class="col-content" role="main">')
    .replace('<div class="col-sidebar">', '<div class="col-sidebar" role="complementary" aria-label="Sidebar">')
    .replace('<nav id="tsd-sidebar-links"', '$& aria-label="Other pages"')
    .replace('<nav class="tsd-navigation">', '<nav class="tsd-navigation" aria-label="Pages">')
    .replace(/<summary\b.*?<\/summary>/gs, (summary) => summary.replace(PERMALINK, ''));
}

/** A heading's address. A summary is a control, and controls contain no others. */
const PERMALINK = /<a href="#[^"]*" aria-label="Permalink".*?<\/a>/gs;
