/** Which files a rule is about. Globs are those of picomatch, from the project's root, with `/`. */
import picomatch from "picomatch"

/** Without `files` a rule is about every file that its engine reads. */
export const makeMatcher = (
  files: ReadonlyArray<string> | undefined,
  ignores: ReadonlyArray<string> | undefined
): ((path: string) => boolean) => {
  const matches = files === undefined ? () => true : picomatch([...files], { dot: true })
  const ignored = ignores === undefined ? () => false : picomatch([...ignores], { dot: true })
  return (path) => matches(path) && !ignored(path)
}
