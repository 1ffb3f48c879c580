/** Something that is opened when it is first asked for. */
export interface OpenedOnce<T> {
  /** A failure to open it is not kept: the next one who asks tries again. */
  get(): Promise<T>;
  /** Nothing where nobody has asked, or it could not be opened. */
  find(): Promise<T | undefined>;
}

export function openOnce<T>(open: () => Promise<T>): OpenedOnce<T> {
  let opened: Promise<T> | undefined;
  const get = async () => {
    opened ??= open();
    const current = opened;
    try {
      return await current;
    } catch (error) {
      if (opened === current) opened = undefined;
      throw error;
    }
  };
  return { get, find: async () => await opened?.catch(() => undefined) };
}
