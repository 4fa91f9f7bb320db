import { t } from '@lingui/core/macro';
import type { CallChat, Message, MessageFile } from '@waterbus/client';
import { saveFile } from '@waterbus/react';
import { Download, File, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { fileSize } from '../../language/file-size.js';
import { messageOf } from '../../messages.js';
import { RoundButton } from '../../parts/round-button.js';
import { toast } from '../../parts/toasts.js';

type Chat = Pick<CallChat, 'fileContent'>;

/** False: the text is only the names of the files, for pages that show none. */
export function hasOwnText({ text, files = [] }: Pick<Message, 'text' | 'files'>): boolean {
  return files.length === 0 || text !== files.map(({ name }) => name).join('\n');
}

/** The files of a message: pictures as such, all others to be saved. */
export function MessageFiles({ chat, files }: { chat: Chat; files: readonly MessageFile[] }) {
  return (
    <ul className="message-files" aria-label={t`Files`}>
      {files.map((file) => (
        <li key={file.id}>
          {isShown(file) ? <Picture chat={chat} file={file} /> : <SavedFile chat={chat} file={file} />}
        </li>
      ))}
    </ul>
  );
}

export function SavedFile({ chat, file }: { chat: Chat; file: MessageFile }) {
  const { name, size } = file;
  return (
    <div className="message-file">
      <File size={20} />
      <span className="file-name" title={name}>
        {name}
      </span>
      <span className="file-size">{fileSize(size)}</span>
      <button
        type="button"
        className="icon-button"
        aria-label={t`Download ${{ name }}`}
        onClick={() => save(chat, file)}
      >
        <Download size={18} />
      </button>
    </div>
  );
}

function Picture({ chat, file }: { chat: Chat; file: MessageFile & { picture: object } }) {
  const [open, setOpen] = useState(false);
  const { name, picture } = file;
  const { width, height, preview } = picture!;
  const { ref, url, failure } = useContent(chat, file.id, preview ? 'preview' : 'content');
  if (failure !== undefined) return <SavedFile chat={chat} file={file} />;
  // Known before the picture is there, so that nothing moves when it comes.
  const scale = Math.min(1, WIDEST / width, HIGHEST / height);
  const [shownWidth, shownHeight] = [Math.max(24, width * scale), Math.max(24, height * scale)];
  return (
    <>
      <button type="button" className="message-picture" ref={ref} onClick={() => setOpen(true)}>
        <img src={url ?? EMPTY} alt={name} width={Math.round(shownWidth)} height={Math.round(shownHeight)} />
      </button>
      {open && <PictureDialog chat={chat} file={file} onClose={() => setOpen(false)} />}
    </>
  );
}

function PictureDialog({ chat, file, onClose }: { chat: Chat; file: MessageFile; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { ref, url, failure } = useContent(chat, file.id, 'content');
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      className="dialog picture-dialog"
      aria-label={file.name}
      onClose={onClose}
      // Escape closes the picture, and not the panel around it.
      onKeyDown={(event) => event.stopPropagation()}
    >
      <header>
        <h2>{file.name}</h2>
        <RoundButton name={t`Download`} icon={<Download />} onClick={() => save(chat, file)} />
        <RoundButton name={t`Close`} icon={<X />} onClick={() => dialog.current?.close()} />
      </header>
      <div ref={ref}>
        {failure === undefined ? <img src={url ?? EMPTY} alt={file.name} /> : <p role="alert">{failure}</p>}
      </div>
    </dialog>
  );
}

function save(chat: Chat, file: MessageFile): void {
  saveFile(chat, file).catch((error) => toast(messageOf(error)));
}

/** The address of a part of a file in this page, loaded once its element comes into view. */
function useContent(chat: Chat, id: string, part: 'content' | 'preview') {
  const ref = useRef<never>(null);
  const [url, setUrl] = useState<string>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    const abort = new AbortController();
    let made: string | undefined;
    const seen = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      seen.disconnect();
      chat.fileContent(id, part, abort.signal).then(
        (content) => {
          if (abort.signal.aborted) return;
          made = URL.createObjectURL(content);
          setUrl(made);
        },
        (error) => !abort.signal.aborted && setFailure(messageOf(error)),
      );
    });
    if (ref.current) seen.observe(ref.current);
    return () => {
      seen.disconnect();
      abort.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [chat, id, part]);
  return { ref, url, failure };
}

/** Pictures without a preview are loaded for the list only if they are small. */
function isShown(file: MessageFile): file is MessageFile & { picture: object } {
  return file.picture !== null && (file.picture.preview || file.size <= LARGEST_SHOWN);
}

/** Pixels of the list. */
const WIDEST = 260;
const HIGHEST = 200;

/** Bytes. */
const LARGEST_SHOWN = 2_000_000;

/** A transparent pixel: an image without a source draws a frame. */
const EMPTY = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==';
