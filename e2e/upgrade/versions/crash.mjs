// A version that throws at its start, when it has been given all sockets.
process.on('message', (message) => {
  if (message.body?.type === 'begin') setImmediate(() => Promise.reject(new Error('a fault of this version')));
});
await import('../../../apps/waterbus/dist/main.js');
