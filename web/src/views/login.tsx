/** The view of somebody the hub does not know yet. */
import { useRef } from "preact/hooks";
import { enterWith, login_error } from "../state/session";

export function Login() {
  return (
    <main class="login" data-testid="login">
      <h1>farboard</h1>
      <p>Open the link printed in the terminal, or paste it here; press Enter in the terminal for a new one.</p>
      <CodeField autofocus />
    </main>
  );
}

export function CodeField({ autofocus }: { autofocus?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  const enter = () => {
    const pasted = input.current?.value ?? "";
    if (pasted.trim() !== "") void enterWith(pasted);
  };
  return (
    <form
      class="code"
      onSubmit={(event) => {
        event.preventDefault();
        enter();
      }}
    >
      <input
        ref={input}
        type="text"
        placeholder="http://127.0.0.1:6006/#code=…"
        aria-label="link or code from the terminal"
        aria-invalid={login_error.value ? "true" : undefined}
        spellcheck={false}
        autocomplete="off"
        autofocus={autofocus}
        data-testid="login-field"
        onPaste={() => setTimeout(enter)}
      />
      <button type="submit" class="button button-plain">
        Open
      </button>
      {login_error.value && (
        <p class="code-error" role="alert">
          {login_error.value}
        </p>
      )}
    </form>
  );
}
