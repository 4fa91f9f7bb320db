// A version that does not accept a setting of the running one.
process.env.MEDIA_WORKERS = 'many';
await import('../../../apps/waterbus/dist/main.js');
