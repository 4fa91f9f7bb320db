import { useEffect, useState } from 'react';

/**
 * Chromium's window of a page above all others; TypeScript does not know it yet.
 * https://wicg.github.io/document-picture-in-picture/
 */
interface DocumentPictureInPicture {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
}

/** Whether the call can be shown above other windows. */
export function canFloat(): boolean {
  return opener() !== undefined || document.pictureInPictureEnabled === true;
}

/**
 * The window above all others. `page` is its window where the browser shows a page in it, for the
 * speaker and the controls; elsewhere it holds the picture of the speaker alone.
 */
export function usePictureWindow(): { page: Window | undefined; toggle: () => void; close: () => void } {
  const [page, setPage] = useState<Window>();
  useEffect(() => {
    if (!page) return;
    const closed = () => setPage(undefined);
    page.addEventListener('pagehide', closed);
    return () => {
      page.removeEventListener('pagehide', closed);
      page.close();
    };
  }, [page]);
  // It closes with the call.
  useEffect(() => () => void exitPicture(), []);
  const open = async () => {
    // Refused without a click.
    const opened = await opener()
      ?.requestWindow(SIZE)
      .catch(() => undefined);
    if (!opened) return;
    copyStyles(opened.document);
    const { lang, dir } = document.documentElement;
    Object.assign(opened.document.documentElement, { lang, dir });
    setPage(opened);
  };
  const toggle = () => {
    if (page) setPage(undefined);
    else if (opener()) void open();
    else togglePicture();
  };
  return { page, toggle, close: () => setPage(undefined) };
}

function togglePicture(): void {
  if (document.pictureInPictureElement) {
    exitPicture();
    return;
  }
  const videos = SPEAKERS.map((of) => document.querySelector<HTMLVideoElement>(of));
  void videos
    .find((video) => video !== null)
    ?.requestPictureInPicture()
    .catch(() => {});
}

function exitPicture(): void {
  if (document.pictureInPictureElement) void document.exitPictureInPicture().catch(() => {});
}

function copyStyles(to: Document): void {
  for (const style of document.querySelectorAll('link[rel="stylesheet"], style')) {
    to.head.append(to.importNode(style, true));
  }
  to.documentElement.lang = document.documentElement.lang;
  to.title = document.title;
}

function opener(): DocumentPictureInPicture | undefined {
  return (window as { documentPictureInPicture?: DocumentPictureInPicture }).documentPictureInPicture;
}

/** The picture that is worth it most: a screen, the speaker, anybody. */
const SPEAKERS = ['.large video', '.tile[data-talking]:not([data-self]) video', '.tile video'];

/** CSS pixels. */
const SIZE = { width: 380, height: 290 };
