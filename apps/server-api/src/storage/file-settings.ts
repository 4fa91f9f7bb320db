/** Files in the chat: the limits of the server. */
export interface FileSettings {
  /** False: the chat takes no files; earlier ones can still be read. */
  offered: boolean;
  /** Bytes of one file. */
  largest: number;
  /** Bytes of all files of a meeting. */
  perMeeting: number;
  /** Bytes of all files of the server. */
  total: number;
  /** Ends of the permitted names, in lower case without the dot; empty: all. */
  types: readonly string[];
}

/** Default: those of `defaultFileSettings`. */
interface FileOptions {
  files?: Partial<FileSettings>;
}

const MIB = 1024 * 1024;

export const defaultFileSettings: FileSettings = {
  offered: true,
  largest: 25 * MIB,
  perMeeting: 1024 * MIB,
  total: 5 * 1024 * MIB,
  types: [],
};

export function fileSettingsOf(options: FileOptions): FileSettings {
  return { ...defaultFileSettings, ...options.files };
}

/** As the pages of the server read it; null: no files. */
export function fileOffer(options: FileOptions): { largest: number; types: string[] } | null {
  const { offered, largest, types } = fileSettingsOf(options);
  return offered ? { largest, types: [...types] } : null;
}
