import { config } from 'zod';

// Content security policies forbid `eval`. Zod would try it once to detect that, and browsers
// report the attempt on the console. Imported before all other modules of the SDK, so that the
// setting precedes the first schema.
config({ jitless: true });
