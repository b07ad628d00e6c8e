// A canvas that follows the map: painted when a move ends, carried along while it lasts.
(function (P) {
  'use strict';

  P.Canvas = L.Renderer.extend({
    options: { padding: 0.25 },

    // paint(context, view): view = {scale, left, top, width, height, zoom}
    initialize: function (paint, options) {
      L.Renderer.prototype.initialize.call(this, options);
      this._paint = paint;
    },

    _initContainer: function () {
      this._container = document.createElement('canvas');
      // keeps the pixels on the processor: offices have no working graphics card
      this._context = this._container.getContext('2d', { willReadFrequently: true });
    },

    _destroyContainer: function () {
      L.DomUtil.remove(this._container);
      delete this._container;
      delete this._context;
    },

    _updatePaths: function () {},

    _update: function () {
      if (this._map._animatingZoom && this._bounds) { return; }
      L.Renderer.prototype._update.call(this);
      var bounds = this._bounds, size = bounds.getSize(), canvas = this._container;
      var ratio = Math.min(2, window.devicePixelRatio || 1);
      L.DomUtil.setPosition(canvas, bounds.min);
      canvas.width = Math.round(size.x * ratio);
      canvas.height = Math.round(size.y * ratio);
      canvas.style.width = size.x + 'px';
      canvas.style.height = size.y + 'px';
      var origin = this._map.getPixelOrigin().add(bounds.min), zoom = this._map.getZoom();
      this._context.setTransform(ratio, 0, 0, ratio, 0, 0);
      this._paint(this._context, {
        scale: 256 * Math.pow(2, zoom), left: origin.x, top: origin.y,
        width: size.x, height: size.y, zoom: zoom
      });
      this.fire('update');
    },

    redraw: function () { if (this._map) { this._update(); } }
  });

  // what a point of the map is in the world, and how many world units a pixel is
  P.worldAt = function (map, latlng) {
    return { x: P.worldX(latlng.lng), y: P.worldY(latlng.lat),
      pixel: 1 / (256 * Math.pow(2, map.getZoom())) };
  };
})(window.Planner);
