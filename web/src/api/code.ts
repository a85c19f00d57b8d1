/** The code in what somebody pasted: the whole link, its fragment, or the bare code; "" when there is none. */
export function codeFrom(pasted: string): string {
  const text = pasted.trim();
  const inLink = /[#&?]code=([^&\s]+)/.exec(text) ?? /^code=([^&\s]+)$/.exec(text);
  if (inLink?.[1]) return safelyDecoded(inLink[1]);
  return /^[\w-]+$/.test(text) ? text : "";
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
