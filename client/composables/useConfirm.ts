import { readonly, shallowRef } from 'vue';

export interface Question {
  title: string;
  message: string;
  confirm: string;
  /** Default "Cancel". */
  cancel?: string;
  /** The action cannot be undone. */
  dangerous?: boolean;
}

const question = shallowRef<Question | null>(null);
let settle: ((answer: boolean) => void) | undefined;

/** Asks a question in a dialog; closing it means no. One question at a time: a second one answers the first no. */
function confirm(asked: Question): Promise<boolean> {
  settle?.(false);
  question.value = asked;
  return new Promise((resolve) => {
    settle = resolve;
  });
}

function answer(yes: boolean): void {
  question.value = null;
  settle?.(yes);
  settle = undefined;
}

export const useConfirm = () => ({ question: readonly(question), confirm, answer });
