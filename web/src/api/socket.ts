/** The one subscription for changes: a WebSocket that comes back by itself, for ever. */
import { type Message, parseMessage } from "./change";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5000;
const REFUSED = 4401;
/** Going away, or starting anew. */
const IN_ORDER = [1001, 1012];

export interface SocketEvents {
  message: (message: Message) => void;
  /** The connection ended, in order or not; the next try follows by itself. */
  lost: (in_order: boolean) => void;
  /** The hub does not accept the secret; no further tries. */
  refused: () => void;
}

/** Opens the subscription; returns the function that ends it. */
export function subscribe(secret: string, events: SocketEvents): () => void {
  let socket: WebSocket | null = null;
  let timer = 0;
  let wait_ms = FIRST_WAIT_MS;
  let ended = false;

  const open = () => {
    const url = new URL("/api/changes", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const opened = new WebSocket(url);
    socket = opened;
    opened.onopen = () => opened.send(JSON.stringify({ secret }));
    opened.onmessage = ({ data }) => {
      wait_ms = FIRST_WAIT_MS;
      if (!ended) deliver(data, events);
    };
    opened.onclose = ({ code }) => {
      if (ended) return;
      if (code === REFUSED) {
        ended = true;
        events.refused();
        return;
      }
      events.lost(IN_ORDER.includes(code));
      timer = window.setTimeout(open, wait_ms);
      wait_ms = Math.min(LONGEST_WAIT_MS, wait_ms * 2);
    };
  };

  open();
  return () => {
    ended = true;
    clearTimeout(timer);
    socket?.close();
  };
}

function deliver(data: unknown, events: SocketEvents): void {
  try {
    const message = parseMessage(data);
    if (message) events.message(message);
  } catch (problem) {
    console.warn(problem);
  }
}
