/** A correctable mistake as the API reports it: `path` leads into the mutation's input. */
export interface UserErrorLike {
  path: readonly string[];
  code: string;
  message: string;
}

export interface FieldErrors {
  /** The messages for exactly this field, such as "headers.0.name". */
  at(path: string): string | undefined;
  /** The messages for a field and everything below it. */
  below(path: string): string | undefined;
  /** Messages of fields that none of the given paths covers, for the top of the form. */
  except(paths: readonly string[]): string[];
  readonly size: number;
}

const covers = (path: string, key: string): boolean => key === path || key.startsWith(`${path}.`);

/** Finds messages by field. */
export function indexUserErrors(errors: readonly UserErrorLike[]): FieldErrors {
  const entries = errors.map(({ path, message }) => ({ key: path.join('.'), message }));
  const join = (matching: typeof entries) => matching.map((entry) => entry.message).join(' ') || undefined;
  return {
    at: (path) => join(entries.filter((entry) => entry.key === path)),
    below: (path) => join(entries.filter((entry) => covers(path, entry.key))),
    except: (paths) =>
      entries.filter((entry) => !paths.some((path) => covers(path, entry.key))).map((entry) => entry.message),
    size: errors.length,
  };
}

export const noUserErrors: FieldErrors = indexUserErrors([]);
