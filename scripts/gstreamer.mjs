// `npm run test:gstreamer`: publishes by WHIP and watches by WHEP with GStreamer's webrtcbin.
import { build } from './build.mjs';
import { step } from './steps.mjs';
import { ensureTools, gstreamer } from './tools.mjs';

const ok =
  ensureTools(gstreamer) && build() && step('gstreamer', ['tsx', '--conditions=source', 'e2e/gstreamer/main.ts']);
process.exit(ok ? 0 : 1);
