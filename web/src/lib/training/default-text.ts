/** The bundled text that is trained on where an address names none; all others come with the trainer. */
export const DEFAULT_TEXT = 'kings';
