/** The page in a frame of the cell's, and its questions as messages to the kernel. */

let views = 0;

function render({ model, el }) {
  // Several cells may show one widget, and each hears all of its messages.
  const own = `${Date.now().toString(36)}-${++views}-`;
  const waiting = new Map();
  let last = 0;
  const ask = (content) =>
    new Promise((resolve) => {
      const id = own + ++last;
      waiting.set(id, resolve);
      model.send({ ...content, id });
    });

  function heard(content, buffers) {
    const resolve = waiting.get(content?.id);
    if (!resolve) return;
    waiting.delete(content.id);
    const view = buffers?.[0];
    // A buffer of its own: what comes may be a part of a message's.
    const body = view
      ? new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength).slice().buffer
      : new ArrayBuffer(0);
    resolve({ ...content, body });
  }

  const frame = document.createElement('iframe');
  frame.title = 'Lexiscope';
  frame.style.cssText = 'display:block;width:100%;border:1px solid #8884;border-radius:3px';
  const size = () => (frame.style.height = `${model.get('height')}px`);
  size();

  const tell = (message, carried = []) => frame.contentWindow?.postMessage(message, '*', carried);
  const lead = () => tell({ lexiscope: 'go', address: model.get('address') });

  async function asked({ source, data }) {
    if (source !== frame.contentWindow || typeof data?.lexiscope !== 'string') return;
    if (data.lexiscope === 'begun') lead();
    if (data.lexiscope === 'at' && data.address !== model.get('address')) {
      model.set('address', data.address);
      model.save_changes();
    }
    if (data.lexiscope === 'ask') {
      const { status, headers, body } = await ask({ ask: 'answer', address: data.address });
      tell({ lexiscope: 'answer', id: data.id, status, headers, body }, [body]);
    }
  }

  model.on('msg:custom', heard);
  model.on('change:address', lead);
  model.on('change:height', size);
  window.addEventListener('message', asked);
  el.append(frame);
  ask({ ask: 'page' }).then(async ({ body }) => {
    const plain = new Blob([body]).stream().pipeThrough(new DecompressionStream('gzip'));
    frame.srcdoc = await new Response(plain).text();
  });

  return () => {
    model.off('msg:custom', heard);
    model.off('change:address', lead);
    model.off('change:height', size);
    window.removeEventListener('message', asked);
  };
}

export default { render };
