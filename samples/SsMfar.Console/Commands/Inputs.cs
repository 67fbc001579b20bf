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

    /// <summary>Refuses to write over one file what belongs in two.</summary>
    /// <param name="files">Options and the paths given to them; null where not given.</param>
    /// <exception cref="BadInputException">Two are the same.</exception>
    public static void RequireDistinct(params ReadOnlySpan<(string Option, string? Path)> files)
    {
        for (int i = 0; i < files.Length; i++)
        {
            for (int k = 0; k < i; k++)
            {
                if (files[i].Path is { } path && files[k].Path is { } other && Path.GetFullPath(path) == Path.GetFullPath(other))
                {
                    throw new BadInputException($"{files[k].Option} and {files[i].Option} name the same file, '{path}'. Give each its own.");
                }
            }
        }
    }

    /// <summary>The classes that a model knows; s-Aff-Wild2's where it predicts none.</summary>
    public static ExpressionClassSet Classes(IAffectPredictor predictor) =>
        predictor.Metadata.ExpressionClasses is { Length: > 0 } names ? new(names) : ExpressionClassSet.AffWild2;
}
