import { config } from 'zod';

// Content security policies forbid `eval`. Zod would try it once to find out, and browsers report that on the console. Imported
// before everything else of the SDK, so that it is said before the first schema is made.
config({ jitless: true });
