/** Desktop notifications: only where they were asked for and allowed, and only while nobody looks at the page. */
import { signal } from "@preact/signals";
import { type Alert, alertInWords } from "./alerts";
import { readStored, writeStored } from "./stored";

const WANTED = "notify";

export type Permission = "on" | "off" | "denied" | "impossible";

export const notifying = signal<Permission>(permissionNow());

function permissionNow(): Permission {
  if (typeof Notification === "undefined") return "impossible";
  if (Notification.permission === "denied") return "denied";
  return Notification.permission === "granted" && readStored(WANTED) === true ? "on" : "off";
}

/** Switches them on, asking the browser's leave if need be, or off. */
export async function setNotifying(on: boolean): Promise<void> {
  writeStored(WANTED, on);
  if (on && typeof Notification !== "undefined") await Notification.requestPermission();
  notifying.value = permissionNow();
}

export function notify(alert: Alert): void {
  if (notifying.peek() !== "on" || document.visibilityState === "visible") return;
  const shown = new Notification(alert.run_name, { body: alertInWords(alert), tag: alert.id });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}
