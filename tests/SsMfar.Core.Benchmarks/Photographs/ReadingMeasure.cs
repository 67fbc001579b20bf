using System.Text.Json.Nodes;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Metrics;
using SsMfar.Predictions;

namespace SsMfar.Benchmarks.Photographs;

/// <summary>What a model's score is worth once its faces come out of photographs: P_MTL of the same faces in crops and in scenes.</summary>
internal static class ReadingMeasure
{
    private const int Faces = 300;
    private const int FacesInScene = 4;

    /// <summary>Reads them with a model, cut out as its file says.</summary>
    public static JsonObject Run(PhotographFaces faces, IFaceDetector detector, IAffectPredictor predictor)
    {
        using FaceReader reader = new(detector, predictor);
        int[] chosen = [.. Enumerable.Range(0, Faces).Select(i => (int)((long)i * faces.Count / Faces)).Distinct()
            .Where(i => faces.Alone(i) is not null)];
        return new()
        {
            ["template"] = reader.Template.Name,
            ["faces"] = chosen.Length,
            ["crops"] = Score(faces, chosen.Select(i => (i, Predict(predictor, faces.Load(i), faces.Alone(i)!, reader)))),
            ["scenes"] = InScenes(faces, chosen, reader, Upright, goesOn: true),
            ["scenesTurnedByUpTo20Degrees"] = InScenes(faces, chosen, reader, random => (random.NextDouble() * 40) - 20, goesOn: true),
            ["scenesTurnedBy30Degrees"] = InScenes(faces, chosen, reader, random => random.Next(2) == 0 ? 30 : -30, goesOn: true),
            ["scenesOfBareSquares"] = InScenes(faces, chosen, reader, Upright, goesOn: false),
        };
    }

    private static double Upright(Random random) => 0;

    private static AffectPrediction? Predict(IAffectPredictor predictor, RgbImage picture, DetectedFace face, FaceReader reader) =>
        predictor.Predict(FaceImage.FromPixels(FaceAligner.Align(picture, face, reader.Template)));

    private static JsonObject InScenes(
        PhotographFaces faces, int[] chosen, FaceReader reader, Func<Random, double> turn, bool goesOn)
    {
        Random random = new(2);
        List<(int, AffectPrediction?)> read = [];
        List<double> shifts = [];
        for (int next = 0; next < chosen.Length;)
        {
            int count = Math.Min(FacesInScene, chosen.Length - next);
            (RgbImage picture, List<PastedFace> truth) = DrawnScene.Paint(
                faces, () => chosen[next++], count, 130, 230, turn, goesOn, random);
            FaceResult[] results = [.. reader.Read(FaceImage.FromPixels(picture)).Faces];
            DetectedFace?[] matches = PastedFace.Match(truth, results.Select(result => result.Face));
            for (int i = 0; i < matches.Length; i++)
            {
                read.Add((truth[i].Index, Array.Find(results, result => ReferenceEquals(result.Face, matches[i]))?.Prediction));
                if (matches[i] is { } match)
                {
                    shifts.Add(Shift(faces.Alone(truth[i].Index)!, match, truth[i].FromCrop, reader.Template));
                }
            }
        }

        JsonObject score = Score(faces, read);
        score["meanShiftOfTheCutInPixels"] = Math.Round(shifts.Average(), 2);
        return score;
    }

    // How far the corners of what is cut out of the crop alone lie from where the cut out of the scene has them, in pixels of the cut.
    private static double Shift(DetectedFace alone, DetectedFace inScene, SimilarityTransform fromCrop, FaceTemplate template)
    {
        SimilarityTransform toCrop = FaceAligner.Transform(alone, template).Invert(), toCut = FaceAligner.Transform(inScene, template);
        (double X, double Y)[] corners = [(0, 0), (template.Size, 0), (0, template.Size), (template.Size, template.Size)];
        return corners.Average(corner =>
        {
            (double x, double y) = toCrop.Apply(corner.X, corner.Y);
            (x, y) = fromCrop.Apply(x, y);
            (x, y) = toCut.Apply(x, y);
            return Math.Sqrt(Math.Pow(x - corner.X, 2) + Math.Pow(y - corner.Y, 2));
        });
    }

    // A face that is not found has no prediction, and is left out of the score.
    private static JsonObject Score(PhotographFaces faces, IEnumerable<(int Index, AffectPrediction? Prediction)> read)
    {
        AffectScorer scorer = new(faces.Labels.ExpressionClasses);
        int count = 0;
        foreach ((int index, AffectPrediction? prediction) in read)
        {
            if (prediction is not null)
            {
                scorer.Add(faces.Labels, index, prediction);
                count++;
            }
        }

        AffectScores scores = scorer.Compute();
        return new()
        {
            ["read"] = count,
            ["pMtl"] = Round(scores.PMtl),
            ["expressionMacroF1"] = Round(scores.Expression?.MacroF1),
            ["actionUnitMeanF1"] = Round(scores.ActionUnits?.MeanF1),
            ["valenceArousalMean"] = Round(scores.ValenceArousal?.Mean),
        };
    }

    private static double? Round(double? score) => score is { } number ? Math.Round(number, 3) : null;
}
