// The content security policy forbids `eval`. Zod, beneath the SDK, would try it once to find out, and browsers report that on
// the console. This is what its `config({ jitless: true })` sets; imported before the SDK, so that it is there in time.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
