/** The text of a message without marks, for notices. As it was written if the code cannot be loaded. */
export async function plainly(text: string): Promise<string> {
  // Not by `loadOnce`, which may load the page again: no notice is worth an interruption of the call.
  return import('./markdown.js').then(
    ({ plainText }) => plainText(text),
    () => text,
  );
}
