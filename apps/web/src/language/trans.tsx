import { cloneElement, type ReactElement, type ReactNode } from 'react';
import { i18n, type Values } from './i18n.js';

/**
 * A text with elements in it, which its translation marks with their numbers: `Go to <0>Home</0>`.
 * The macro `Trans` becomes this component.
 */
export function Trans({
  components = {},
  ...text
}: {
  id: string;
  message?: string;
  values?: Values;
  components?: Record<string, ReactElement>;
}) {
  return withElements(i18n._(text), components);
}

/** An unknown number, which only a wrong translation has, leaves its content. */
function withElements(text: string, components: Record<string, ReactElement>): ReactNode {
  const found = /<(\w+)>(.*?)<\/\1>|<(\w+)\/>/s.exec(text);
  if (!found) return text;
  const [whole, name, content, alone] = found;
  const element = components[name ?? alone!];
  const inside = content === undefined ? [] : [withElements(content, components)];
  return (
    <>
      {text.slice(0, found.index)}
      {element ? cloneElement(element, {}, ...inside) : inside}
      {withElements(text.slice(found.index + whole.length), components)}
    </>
  );
}
