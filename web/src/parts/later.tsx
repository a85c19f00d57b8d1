/** A view that is a part of the page of its own, loaded when it is first shown. */
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";

export function Later({ load }: { load: () => Promise<FunctionComponent> }) {
  const [View, setView] = useState<FunctionComponent | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let wanted = true;
    load().then(
      (view) => wanted && setView(() => view),
      () => wanted && setFailed(true),
    );
    return () => {
      wanted = false;
    };
  }, []);
  if (failed) return <p role="alert">This part of the page did not arrive. Open it again, or reload the page.</p>;
  return View && <View />;
}
