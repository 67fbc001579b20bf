#if FACES
using Microsoft.Extensions.DependencyInjection;
using SsMfar.Faces;
using SsMfar.Inference;

namespace SsMfar.Tests.OnnxProbe;

/// <summary>Reads photographs as an application with services does.</summary>
internal static class FacesProbe
{
    public static async Task RunAsync(string detector, string model, string[] photographs)
    {
        ServiceCollection services = new();
        services.AddOnnxAffectPredictor(model);
        services.AddFaceReader(options =>
        {
            options.DetectorPath = detector == "built-in" ? null : detector;
            options.Detection = new() { MinimumScore = 0.5f, SmallestFace = 8 };
        });
        await using ServiceProvider provider = services.BuildServiceProvider();
        FaceReader reader = provider.GetRequiredService<FaceReader>();
        await foreach (PictureResult picture in reader.ReadAsync(photographs.Select(path => FaceImage.FromFile(path))))
        {
            Console.WriteLine(picture.Succeeded ? $"{picture.Faces.Length} faces" : $"failed: {picture.Error.Message}");
            foreach (FaceResult face in picture.Faces)
            {
                Console.WriteLine($"{face.Face.Box}|{string.Join(' ', face.Face.Landmarks)}|{face.Prediction}");
            }
        }
    }
}
#endif
