using System.Text.Json.Nodes;
using SsMfar.Faces;
using SsMfar.Imaging;

namespace SsMfar.Benchmarks.Photographs;

/// <summary>How many faces are found, and how much that is none.</summary>
internal static class DetectionMeasure
{
    private const int Scenes = 36;
    private const int WithoutFaces = 300;

    private static readonly int[] FacesInScene = [1, 2, 7];

    /// <summary>The crops alone, in grey pictures of 640 x 480, and in scenes of both sizes; pictures without a face.</summary>
    public static JsonObject Run(PhotographFaces faces, IFaceDetector detector) => new()
    {
        ["crops"] = faces.Count,
        ["foundInCropsAlone"] = faces.Found,
        ["foundInGrey640x480"] = Enumerable.Range(0, faces.Count).Count(i => detector.Detect(InGrey(faces.Load(i), 640, 480)).Length > 0),
        ["scenes130To230"] = InScenes(faces, detector, 130, 230),
        ["scenes60To130"] = InScenes(faces, detector, 60, 130),
        ["falseAlarmsIn300PicturesWithoutFaces"] =
            DrawnScene.Faceless(WithoutFaces, seed: 5).Sum(picture => detector.Detect(picture).Length),
    };

    /// <summary>A picture in the middle of a grey one.</summary>
    public static RgbImage InGrey(RgbImage picture, int width, int height)
    {
        byte[] pixels = new byte[3 * width * height];
        Array.Fill(pixels, (byte)128);
        int left = (width - picture.Width) / 2, top = (height - picture.Height) / 2;
        for (int y = 0; y < picture.Height; y++)
        {
            picture.Pixels.Slice(3 * y * picture.Width, 3 * picture.Width).CopyTo(pixels.AsSpan(3 * (((top + y) * width) + left)));
        }

        return new(width, height, pixels);
    }

    private static JsonObject InScenes(PhotographFaces faces, IFaceDetector detector, int smallest, int largest)
    {
        Random random = new(1);
        (int pasted, int found, int alarms) = (0, 0, 0);
        for (int scene = 0; scene < Scenes; scene++)
        {
            (RgbImage picture, List<PastedFace> truth) = DrawnScene.Paint(
                faces, () => random.Next(faces.Count), FacesInScene[scene % FacesInScene.Length], smallest, largest,
                numbers => (numbers.NextDouble() * 40) - 20, goesOn: false, random);
            DetectedFace[] findings = [.. detector.Detect(picture)];
            int matched = PastedFace.Match(truth, findings).Count(match => match is not null);
            (pasted, found, alarms) = (pasted + truth.Count, found + matched, alarms + findings.Length - matched);
        }

        return new() { ["scenes"] = Scenes, ["faces"] = pasted, ["found"] = found, ["falseAlarms"] = alarms };
    }
}
