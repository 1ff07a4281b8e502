/** An element of an SVG that this program wrote, with the text in it. */
export interface Element {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: Element[];
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', amp: '&' };

function plain(text: string): string {
  return text.replace(/&(lt|gt|quot|amp);/g, (_, name: string) => ENTITIES[name]!);
}

/** The tree of well-formed elements; `style` is spread into attributes. */
export function elementsOf(svg: string): Element[] {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  for (const [, end, name, inside, empty, text] of svg.matchAll(/<(\/?)([\w:]+)([^>]*?)(\/?)>([^<]*)/g)) {
    if (end) open.pop();
    else {
      const attributes: Record<string, string> = {};
      for (const [, key, value] of inside!.matchAll(/([\w:-]+)="([^"]*)"/g)) attributes[key!] = plain(value!);
      for (const rule of attributes['style']?.split(';') ?? []) {
        const [key, value] = rule.split(':');
        if (key && value) attributes[key.trim()] = value.trim();
      }
      const element: Element = { name: name!, attributes, children: [], text: '' };
      open.at(-1)!.children.push(element);
      if (!empty) open.push(element);
    }
    open.at(-1)!.text += plain(text!.trim());
  }
  return root.children;
}
