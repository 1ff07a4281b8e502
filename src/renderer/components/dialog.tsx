import { X } from 'lucide-react';
import { Dialog as RadixDialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { IconButton } from './controls.tsx';

/** The dialog itself takes the focus where its first control is only what closes it. */
function keepFocusCalm(event: Event): void {
  const dialog = event.currentTarget as HTMLElement;
  const field = dialog.querySelector<HTMLElement>(
    '.dialog-body input, .dialog-body select, .dialog-body [role="option"]',
  );
  const text = dialog.querySelector<HTMLElement>('.dialog-body[tabindex]');
  event.preventDefault();
  (field ?? text ?? dialog).focus();
}

/** A window over the window; Esc closes it and the focus returns to where it was. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  width = 560,
  footer,
  reading = false,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: string;
  width?: number;
  footer?: ReactNode;
  /** Nothing but text: it takes the focus, so that keys scroll it. */
  reading?: boolean;
  children: ReactNode;
}) {
  return (
    <RadixDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="overlay" />
        <RadixDialog.Content
          className="dialog"
          style={{ width }}
          onOpenAutoFocus={keepFocusCalm}
          {...(description ? {} : { 'aria-describedby': undefined })}
        >
          <header>
            <RadixDialog.Title>{title}</RadixDialog.Title>
            <RadixDialog.Close asChild>
              <IconButton label="Close" icon={X} keys="Esc" />
            </RadixDialog.Close>
          </header>
          {description && <RadixDialog.Description className="muted">{description}</RadixDialog.Description>}
          <div className="dialog-body" {...(reading ? { tabIndex: 0, role: 'document' } : {})}>
            {children}
          </div>
          {footer && <footer>{footer}</footer>}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}
