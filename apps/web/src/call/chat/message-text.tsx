import type { Message } from '@waterbus/client';
import { createContext, useContext } from 'react';
import { type Block, type Inline, markdown } from './markdown.js';

/** Text of others as elements: never HTML, and a link sends no referrer. */
export function MessageText(props: { message: Message; isMe: (mention: Mentions[number]) => boolean }) {
  const { text, mentions = [] } = props.message;
  const names = mentions.map(({ name }) => name);
  const own = mentions.filter(props.isMe).map(({ name }) => name);
  return (
    <OwnNames value={own}>
      <Blocks blocks={markdown(text, names)} />
    </OwnNames>
  );
}

type Mentions = NonNullable<Message['mentions']>;

/** The names under which this user is mentioned. */
const OwnNames = createContext<readonly string[]>([]);

function Blocks({ blocks }: { blocks: Block[] }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text have no other identity
  return blocks.map((block, index) => <OneBlock key={index} block={block} />);
}

function OneBlock({ block }: { block: Block }) {
  switch (block.type) {
    case 'paragraph':
      return (
        <p>
          <Content content={block.content} />
        </p>
      );
    case 'code':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll it
        <pre tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case 'quote':
      return (
        <blockquote>
          <Blocks blocks={block.blocks} />
        </blockquote>
      );
    case 'list': {
      const items = block.items.map((content, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text have no other identity
        <li key={index}>
          <Content content={content} />
        </li>
      ));
      return block.start === undefined ? <ul>{items}</ul> : <ol start={block.start}>{items}</ol>;
    }
  }
}

function Content({ content }: { content: Inline[] }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text have no other identity
  return content.map((one, index) => <OneInline key={index} one={one} />);
}

function OneInline({ one }: { one: Inline }) {
  switch (one.type) {
    case 'text':
      return one.text;
    case 'code':
      return <code>{one.text}</code>;
    case 'mention':
      return <MentionMark text={one.text} />;
    case 'link':
      return (
        <a href={one.href} target="_blank" rel="noopener noreferrer nofollow">
          {one.text}
        </a>
      );
    case 'bold':
      return (
        <strong>
          <Content content={one.content} />
        </strong>
      );
    case 'italic':
      return (
        <em>
          <Content content={one.content} />
        </em>
      );
  }
}

function MentionMark({ text }: { text: string }) {
  const own = useContext(OwnNames).includes(text.slice(1));
  return (
    <span className="mention" data-own={own ? '' : undefined}>
      {text}
    </span>
  );
}
