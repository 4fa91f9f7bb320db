// The SDK's socket library takes the page's WebSocket when it is loaded, so what watches it comes
// first.
import './install-marks.js';
import './page.js';
