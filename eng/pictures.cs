// Draws the icon of the packages with the painter of the demonstration: dotnet run eng/pictures.cs
#:project ../samples/SsMfar.RenderedFaces/SsMfar.RenderedFaces.csproj
#:property EnforceCodeStyleInBuild=false
#:property PublishAot=false

using SkiaSharp;
using SsMfar.RenderedFaces;

const int Side = 128;
RenderedFaceOptions options = new() { TrainingCount = 200, Size = 4 * Side, Seed = 1 };
int row = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 101;
using SKBitmap face = RenderedFaceSet.Render(options, FaceSplit.Training, row);
using SKBitmap icon = new(new SKImageInfo(Side, Side, SKColorType.Rgba8888, SKAlphaType.Premul));
using (SKCanvas canvas = new(icon))
using (SKPaint paint = new() { IsAntialias = true, FilterQuality = SKFilterQuality.High })
{
    canvas.ClipRoundRect(new SKRoundRect(new SKRect(0, 0, Side, Side), 20), antialias: true);
    canvas.DrawBitmap(face, new SKRect(0, 0, Side, Side), paint);
}

using FileStream file = File.Create(args.Length > 1 ? args[1] : Path.Combine("eng", "package", "icon.png"));
icon.Encode(file, SKEncodedImageFormat.Png, 100);
