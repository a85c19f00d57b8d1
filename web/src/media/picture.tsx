/** One picture, in a place of a given size: the one before stays until the next is there, and what is wrong is said in its place. */
import { useEffect, useRef, useState } from "preact/hooks";
import { addressOf, type ImageItem, isShownType } from "../api/image";
import { HubError, HubUnreachable } from "../api/request";
import type { ValueError } from "../api/values";
import { formatBytes } from "../lib/number";
import { pictures, type Ready } from "./pictures";

interface Props {
  /** Null: not known yet. */
  item: ImageItem | null;
  /** It stands for one that is not known yet. */
  is_late?: boolean;
  error: ValueError | null;
  /** The longer side of its place, in CSS pixels. */
  place_px: number;
  alt: string;
  /** A moving picture is shown moving, which takes the original. */
  moves?: boolean;
  /** It could not be had: its address may be stale. */
  onStale?: () => void;
}

/** Larger animations move in the viewer only. */
const MOVING_MOST_BYTES = 8e6;
/** From here up pixels are seen as such. */
const PIXELATED_FROM = 2;
const RETRY_MS = 5000;

type State = { ready: Ready | null; trouble: string; is_busy: boolean };

export function Picture({ item, is_late = false, error, place_px, alt, moves = false, onStale }: Props) {
  const address = item && isShownType(item.type) ? addressAt(item, place_px, moves) : null;
  const { ready, trouble, is_busy } = usePicture(address, onStale);
  if (error) return <PictureTrouble text={`${error.code === "damaged" ? "damaged: " : ""}${error.message}`} />;
  if (item && address === null) return <Unshown item={item} />;
  if (trouble !== "") return <PictureTrouble text={trouble} />;
  const scale = ready ? place_px / Math.max(ready.width, ready.height) : 0;
  return (
    <>
      {ready && (
        <img
          class={scale >= PIXELATED_FROM ? "picture picture-pixelated" : "picture"}
          src={ready.url}
          alt={alt}
          draggable={false}
          data-width={ready.width}
          data-height={ready.height}
        />
      )}
      {(is_busy || is_late || item === null) && <span class="picture-busy" />}
    </>
  );
}

export function addressAt(item: ImageItem, place_px: number, moves: boolean): string {
  if (moves && item.type === "image/gif" && item.bytes <= MOVING_MOST_BYTES) return item.url;
  return addressOf(item, place_px * devicePixelRatio);
}

function usePicture(address: string | null, onStale: (() => void) | undefined): State {
  const [state, setState] = useState<State>(() => ({
    ready: (address && pictures.peek(address)) || null,
    trouble: "",
    is_busy: false,
  }));
  const was_stale = useRef(false);
  /** What was wanted before and is nearly here: who scrubs without a pause sees it go by. */
  const passed = useRef<AbortController | null>(null);
  const givePassedUp = () => {
    passed.current?.abort();
    passed.current = null;
  };
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (address === null) return;
    const mine = new AbortController();
    const ready = pictures.peek(address);
    if (ready) {
      givePassedUp();
      setState({ ready, trouble: "", is_busy: false });
      return;
    }
    let is_wanted = true;
    let timer = 0;
    setState((before) => ({ ...before, is_busy: true }));
    pictures.load(address, 0, mine.signal).then(
      (ready) => {
        if (mine.signal.aborted) return;
        was_stale.current = false;
        givePassedUp();
        setState({ ready, trouble: "", is_busy: !is_wanted });
      },
      (problem: unknown) => {
        if (mine.signal.aborted) return;
        if (passed.current === mine) passed.current = null;
        if (!is_wanted) return;
        // An address is good for an hour or two, and as long as the file is the same: once it is asked for anew.
        if (isPassing(problem)) timer = window.setTimeout(() => setAttempt(attempt + 1), RETRY_MS);
        else if (onStale && !was_stale.current) onStale();
        was_stale.current = true;
        setState({
          ready: null,
          trouble: problem instanceof Error ? problem.message : String(problem),
          is_busy: false,
        });
      },
    );
    return () => {
      clearTimeout(timer);
      is_wanted = false;
      if (passed.current === null && pictures.isOnItsWay(address)) passed.current = mine;
      else mine.abort();
    };
  }, [address, attempt]);
  useEffect(() => givePassedUp, []);
  return state;
}

/** The way to the files is closed for a while. */
function isPassing(problem: unknown): boolean {
  return problem instanceof HubUnreachable || (problem instanceof HubError && problem.code === "source_down");
}

function PictureTrouble({ text }: { text: string }) {
  return (
    <span class="picture-trouble" role="note" data-testid="picture-trouble">
      {text}
    </span>
  );
}

/** Never drawn: what is no picture of a known type is only saved. */
function Unshown({ item }: { item: ImageItem }) {
  return (
    <a
      class="picture-trouble"
      href={item.url}
      download=""
      data-testid="picture-unshown"
      onClick={(event) => event.stopPropagation()}
    >
      {`a type that is not shown (${item.type}): save it, ${formatBytes(item.bytes)}`}
    </a>
  );
}
