import type { OperationVariables, TypedDocumentNode } from '@apollo/client/core';
import { ref } from 'vue';
import { apollo } from '../graphql/client.js';
import { toProblem } from '../graphql/problem.js';
import type { Problem } from '../graphql/problem.js';
import { useToasts } from './useToasts.js';

/**
 * A mutation and whether it is under way. When the whole request fails the person is told by a toast, or
 * `onProblem` is, and the answer is undefined.
 */
export function useMutation<TData, TVariables extends OperationVariables>(
  document: TypedDocumentNode<TData, TVariables>,
  onProblem?: (problem: Problem) => void,
) {
  const pending = ref(false);
  const toasts = useToasts();

  async function mutate(variables: TVariables): Promise<TData | undefined> {
    pending.value = true;
    try {
      const result = await apollo.mutate<TData>({
        mutation: document,
        variables,
      });
      return result.data;
    } catch (error) {
      const problem = toProblem(error);
      if (onProblem) onProblem(problem);
      else toasts.failed(problem.message);
      return undefined;
    } finally {
      pending.value = false;
    }
  }

  return { mutate, pending };
}
