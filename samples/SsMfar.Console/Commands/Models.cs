using SsMfar.ConsoleApp.Shell;
using SsMfar.Inference;
using SsMfar.Runtime;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>The models of one or several <c>--model</c>.</summary>
internal static class Models
{
    /// <summary>A predictor; of several models, one that averages them.</summary>
    public static IAffectPredictor Load(IReadOnlyList<string> paths, TrainingDevice device)
    {
        var predictors = new List<IAffectPredictor>(paths.Count);
        try
        {
            foreach (string path in paths)
            {
                predictors.Add(AffectPredictor.Load(path, device: device));
            }

            return predictors.Count == 1 ? predictors[0] : Average(paths, predictors);
        }
        catch
        {
            predictors.ForEach(predictor => predictor.Dispose());
            throw;
        }
    }

    private static AveragingPredictor Average(IReadOnlyList<string> paths, List<IAffectPredictor> predictors)
    {
        try
        {
            return new(predictors);
        }
        catch (ArgumentException different)
        {
            throw new BadInputException($"--model {string.Join(" --model ", paths)}: {ConsoleWords.Of(different.Message)}");
        }
    }
}
