// All that LAPACK's drivers call of Fortran's runtime, so that a tool which holds them needs no libgfortran.
#include <string.h>

// Two texts one behind the other, cut or filled with blanks.
void _gfortran_concat_string(
    size_t length, char *text, size_t firstLength, const char *first, size_t secondLength, const char *second) {
  if (firstLength > length) firstLength = length;
  if (secondLength > length - firstLength) secondLength = length - firstLength;
  memcpy(text, first, firstLength);
  memcpy(text + firstLength, second, secondLength);
  memset(text + firstLength + secondLength, ' ', length - firstLength - secondLength);
}
