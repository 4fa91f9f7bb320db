import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

/** The text of the banner about media, and a button. */
export function BannerText({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <div>
      <TriangleAlert size={18} />
      <p>{text}</p>
      {children}
    </div>
  );
}
