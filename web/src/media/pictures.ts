/** Pictures on their way from the hub: few at once, what is seen before what may be seen next, and given up when nobody waits for them any more. */

import { fetchBlob } from "../api/blob";
import { isShownType } from "../api/image";

/** A picture that is here and can be drawn at once. */
export interface Ready {
  /** A `blob:` address. */
  url: string;
  blob: Blob;
  width: number;
  height: number;
}

/** 0: it is seen; 1: it may be seen next. */
export type Urgency = 0 | 1;

interface Waiter {
  urgency: Urgency;
  resolve: (ready: Ready) => void;
  reject: (problem: unknown) => void;
}

interface Job {
  address: string;
  waiters: Set<Waiter>;
  control: AbortController | null;
}

const AT_ONCE = 4;
const KEEP_BYTES = 96e6;

export class Pictures {
  private readonly jobs = new Map<string, Job>();
  private readonly kept = new Map<string, Ready>();
  private kept_bytes = 0;
  private running = 0;

  constructor(private readonly fetchPicture: (address: string, signal: AbortSignal) => Promise<Ready> = fetchReady) {}

  /** What is here already. */
  peek(address: string): Ready | undefined {
    const ready = this.kept.get(address);
    if (ready) {
      // Used last, given up last.
      this.kept.delete(address);
      this.kept.set(address, ready);
    }
    return ready;
  }

  /** Asked for, and not here yet. */
  isOnItsWay(address: string): boolean {
    return (this.jobs.get(address)?.control ?? null) !== null;
  }

  /** Rejects with an AbortError when `signal` says that nobody waits any more. */
  load(address: string, urgency: Urgency, signal: AbortSignal): Promise<Ready> {
    const ready = this.peek(address);
    if (ready) return Promise.resolve(ready);
    return new Promise((resolve, reject) => {
      const job = this.jobs.get(address) ?? { address, waiters: new Set(), control: null };
      const waiter = { urgency, resolve, reject };
      job.waiters.add(waiter);
      this.jobs.set(address, job);
      signal.addEventListener("abort", () => this.leave(job, waiter), { once: true });
      this.pump();
    });
  }

  private leave(job: Job, waiter: Waiter): void {
    if (!job.waiters.delete(waiter)) return;
    waiter.reject(new DOMException("nobody waits for it", "AbortError"));
    if (job.waiters.size > 0) return;
    this.jobs.delete(job.address);
    job.control?.abort();
  }

  private pump(): void {
    while (this.running < AT_ONCE) {
      const waiting = [...this.jobs.values()].filter(({ control }) => control === null);
      const job = waiting.find(isSeen) ?? waiting[0];
      if (!job) return;
      void this.run(job);
    }
  }

  private async run(job: Job): Promise<void> {
    this.running++;
    const control = new AbortController();
    job.control = control;
    try {
      const ready = await this.fetchPicture(job.address, control.signal);
      this.keep(job.address, ready);
      for (const { resolve } of job.waiters) resolve(ready);
    } catch (problem) {
      for (const { reject } of job.waiters) reject(problem);
    } finally {
      this.running--;
      if (this.jobs.get(job.address) === job) this.jobs.delete(job.address);
      this.pump();
    }
  }

  private keep(address: string, ready: Ready): void {
    this.kept.set(address, ready);
    this.kept_bytes += ready.blob.size;
    for (const [old, { url, blob }] of this.kept) {
      if (this.kept_bytes <= KEEP_BYTES || old === address) return;
      this.kept.delete(old);
      this.kept_bytes -= blob.size;
      // What shows it already goes on showing it.
      URL.revokeObjectURL(url);
    }
  }
}

function isSeen({ waiters }: Job): boolean {
  return [...waiters].some(({ urgency }) => urgency === 0);
}

async function fetchReady(address: string, signal: AbortSignal): Promise<Ready> {
  const blob = await fetchBlob(address, signal);
  if (!isShownType(blob.type)) throw new Error("it is of a type that is not shown");
  const url = URL.createObjectURL(blob);
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    URL.revokeObjectURL(url);
    throw new Error("this browser cannot decode it");
  }
  return { url, blob, width: image.naturalWidth, height: image.naturalHeight };
}

/** One for the page: all cards share the way to the hub. */
export const pictures = new Pictures();
