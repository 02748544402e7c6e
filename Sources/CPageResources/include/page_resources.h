#ifndef PAGE_RESOURCES_H
#define PAGE_RESOURCES_H

#include <stddef.h>

/// A file that pages are made of, embedded so that a binary that is moved alone still writes them.
struct page_resource {
  const char *name;
  const unsigned char *bytes;
  size_t count;
};

/// The file of a name; NULL where there is none.
const struct page_resource *page_resource(const char *name);

#endif
