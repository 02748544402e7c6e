#include "page_resources.h"
#include <string.h>

// A list of bytes in Swift takes the compiler half a minute; here it is a matter of milliseconds.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char address_js[] = {
#embed "files/address.js"
};

static const unsigned char compare_heads_js[] = {
#embed "files/compare-heads.js"
};

static const unsigned char compare_maps_js[] = {
#embed "files/compare-maps.js"
};

static const unsigned char compare_model_js[] = {
#embed "files/compare-model.js"
};

static const unsigned char compare_panel_js[] = {
#embed "files/compare-panel.js"
};

static const unsigned char compare_view_js[] = {
#embed "files/compare-view.js"
};

static const unsigned char compare_css[] = {
#embed "files/compare.css"
};

static const unsigned char compare_js[] = {
#embed "files/compare.js"
};

static const unsigned char dom_js[] = {
#embed "files/dom.js"
};

static const unsigned char frame_js[] = {
#embed "files/frame.js"
};

static const unsigned char grid_js[] = {
#embed "files/grid.js"
};

static const unsigned char heads_js[] = {
#embed "files/heads.js"
};

static const unsigned char knockouts_js[] = {
#embed "files/knockouts.js"
};

static const unsigned char map_js[] = {
#embed "files/map.js"
};

static const unsigned char model_js[] = {
#embed "files/model.js"
};

static const unsigned char page_css[] = {
#embed "files/page.css"
};

static const unsigned char page_js[] = {
#embed "files/page.js"
};

static const unsigned char pairs_js[] = {
#embed "files/pairs.js"
};

static const unsigned char panel_js[] = {
#embed "files/panel.js"
};

static const unsigned char readers_js[] = {
#embed "files/readers.js"
};

static const unsigned char roles_js[] = {
#embed "files/roles.js"
};

static const unsigned char table_js[] = {
#embed "files/table.js"
};

static const unsigned char view_js[] = {
#embed "files/view.js"
};

static const unsigned char writer_map_js[] = {
#embed "files/writer-map.js"
};

static const unsigned char writers_js[] = {
#embed "files/writers.js"
};

#define RESOURCE(file, bytes) {file, bytes, sizeof bytes}

static const struct page_resource resources[] = {
  RESOURCE("address.js", address_js),
  RESOURCE("compare-heads.js", compare_heads_js),
  RESOURCE("compare-maps.js", compare_maps_js),
  RESOURCE("compare-model.js", compare_model_js),
  RESOURCE("compare-panel.js", compare_panel_js),
  RESOURCE("compare-view.js", compare_view_js),
  RESOURCE("compare.css", compare_css),
  RESOURCE("compare.js", compare_js),
  RESOURCE("dom.js", dom_js),
  RESOURCE("frame.js", frame_js),
  RESOURCE("grid.js", grid_js),
  RESOURCE("heads.js", heads_js),
  RESOURCE("knockouts.js", knockouts_js),
  RESOURCE("map.js", map_js),
  RESOURCE("model.js", model_js),
  RESOURCE("page.css", page_css),
  RESOURCE("page.js", page_js),
  RESOURCE("pairs.js", pairs_js),
  RESOURCE("panel.js", panel_js),
  RESOURCE("readers.js", readers_js),
  RESOURCE("roles.js", roles_js),
  RESOURCE("table.js", table_js),
  RESOURCE("view.js", view_js),
  RESOURCE("writer-map.js", writer_map_js),
  RESOURCE("writers.js", writers_js),
};

const struct page_resource *page_resource(const char *name) {
  for (size_t index = 0; index < sizeof resources / sizeof resources[0]; index++) {
    if (strcmp(resources[index].name, name) == 0) return &resources[index];
  }
  return NULL;
}
