using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>Opens what options name.</summary>
internal static class Inputs
{
    /// <summary>The images of <c>--data</c>.</summary>
    public static IImageSource OpenImages(string path) => Directory.Exists(path) || path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)
        ? ImageSource.Open(path)
        : throw new BadInputException($"--data '{path}' is neither a folder nor a .zip archive. Name what the annotations' image names are relative to.");

    /// <summary>The classes that a model knows; s-Aff-Wild2's where it predicts none.</summary>
    public static ExpressionClassSet Classes(IAffectPredictor predictor) =>
        predictor.Metadata.ExpressionClasses is { Length: > 0 } names ? new(names) : ExpressionClassSet.AffWild2;
}
