/** `text` as it can be shown on a terminal: control characters, which a terminal obeys, as `\x1b`. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
