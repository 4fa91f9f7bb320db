// The SDK's socket library reads the page's WebSocket at its load, so the observer is installed
// first.
import './install-marks.js';
import './page.js';
