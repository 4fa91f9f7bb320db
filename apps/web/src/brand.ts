/** The brand of this server, which it writes into the page; without settings that of the product. */
export const brand = {
  name: contentOf('application-name') ?? 'Waterbus',
  logo: globalThis.document?.querySelector('link[rel="icon"]')?.getAttribute('href') ?? '/favicon.svg',
  imprint: contentOf('waterbus-imprint'),
  privacy: contentOf('waterbus-privacy'),
};

function contentOf(name: string): string | undefined {
  return globalThis.document?.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content;
}
