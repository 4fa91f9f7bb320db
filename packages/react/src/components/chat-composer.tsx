import type { Conversation } from '../chat/conversation.js';
import { idOf } from '../chat/mentions.js';
import { type ComposerOptions, useComposer } from '../chat/use-composer.js';
import type { CHAT_LABELS } from './chat-labels.js';

/** The field of `Chat`, with the people after `@`, the answered message and the files. */
export function ChatComposer(props: {
  conversation: Conversation;
  options: ComposerOptions;
  labels: typeof CHAT_LABELS;
}) {
  const { conversation, labels, options } = props;
  const { field, mentions, form, excess, maySend, files, uploads, attach, answered, focus } = useComposer(
    conversation,
    options,
  );
  return (
    <form {...form} data-waterbus="composer">
      {answered && (
        <p>
          {labels.replyTo(answered.author.name)}{' '}
          <button type="button" onClick={() => conversation.answer(undefined)}>
            {labels.cancel}
          </button>
        </p>
      )}
      {mentions.people.length > 0 && (
        <div role="listbox" id={mentions.id}>
          {mentions.people.map((person, index) => (
            // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the chosen one
            <div
              key={idOf(person)}
              role="option"
              id={`${mentions.id}-${index}`}
              aria-selected={index === mentions.chosen}
              onPointerDown={(event) => {
                event.preventDefault();
                mentions.choose(person);
              }}
            >
              {person.name}
            </div>
          ))}
        </div>
      )}
      {files.map(({ key, name, progress, stored, failure }) => (
        <p key={key}>
          {name} {!stored && failure === undefined && <progress value={progress} aria-label={name} />}
          {failure !== undefined && <span role="alert">{labels.notSent}</span>}
          <button
            type="button"
            onClick={() => {
              uploads.remove(key);
              focus();
            }}
          >
            {labels.removeFile(name)}
          </button>
        </p>
      ))}
      {attach && (
        <input
          type="file"
          multiple
          aria-label={labels.attach}
          onChange={({ currentTarget }) => {
            if (currentTarget.files) attach(currentTarget.files);
            currentTarget.value = '';
          }}
        />
      )}
      <textarea {...field} aria-label={labels.message} rows={1} disabled={options.barred} enterKeyHint="send" />
      <span role="status">{excess > 0 && labels.excess(excess)}</span>
      <button type="submit" aria-disabled={!maySend}>
        {labels.send}
      </button>
    </form>
  );
}
