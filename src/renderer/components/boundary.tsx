import { Component, type ReactNode } from 'react';
import { Button, Empty } from './controls.tsx';

/** Keeps a fault of one part from taking the rest of the window with it. */
export class Boundary extends Component<{ what: string; children: ReactNode }, { fault: Error | null }> {
  override state: { fault: Error | null } = { fault: null };

  static getDerivedStateFromError(fault: Error): { fault: Error } {
    return { fault };
  }

  override render(): ReactNode {
    const { fault } = this.state;
    if (!fault) return this.props.children;
    return (
      <Empty title={`Cannot show ${this.props.what}`}>
        <span className="selectable">{fault.message}</span>
        <Button onClick={() => this.setState({ fault: null })}>Try again</Button>
      </Empty>
    );
  }
}
