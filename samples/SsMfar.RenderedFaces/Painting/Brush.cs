using SkiaSharp;

namespace SsMfar.RenderedFaces.Painting;

/// <summary>Fills and strokes on a canvas, sharp or soft, with one paint.</summary>
internal sealed class Brush(SKCanvas canvas) : IDisposable
{
    private readonly SKPaint _paint = new() { IsAntialias = true, StrokeCap = SKStrokeCap.Round, StrokeJoin = SKStrokeJoin.Round };

    public SKCanvas Canvas => canvas;

    public void Fill(SKPath path, SKColor color, float softness = 0)
    {
        _paint.Style = SKPaintStyle.Fill;
        Draw(path, color, softness);
    }

    public void Fill(SKPath path, SKShader shader)
    {
        _paint.Style = SKPaintStyle.Fill;
        _paint.Shader = shader;
        Draw(path, SKColors.White, 0);
        _paint.Shader = null;
    }

    public void Stroke(SKPath path, SKColor color, float width, float softness = 0)
    {
        if (color.Alpha == 0 || width <= 0)
        {
            return;
        }

        _paint.Style = SKPaintStyle.Stroke;
        _paint.StrokeWidth = width;
        Draw(path, color, softness);
    }

    /// <summary>Draws what <paramref name="paint"/> draws, but only inside a path.</summary>
    public void Inside(SKPath path, Action paint)
    {
        canvas.Save();
        canvas.ClipPath(path, antialias: true);
        paint();
        canvas.Restore();
    }

    public void Dispose() => _paint.Dispose();

    private void Draw(SKPath path, SKColor color, float softness)
    {
        if (color.Alpha == 0)
        {
            return;
        }

        _paint.Color = color;
        if (softness > 0)
        {
            using SKMaskFilter blur = SKMaskFilter.CreateBlur(SKBlurStyle.Normal, softness);
            _paint.MaskFilter = blur;
            canvas.DrawPath(path, _paint);
            _paint.MaskFilter = null;
        }
        else
        {
            canvas.DrawPath(path, _paint);
        }
    }
}
