using SsMfar.Models;
using TorchSharp;
using TorchSharp.Modules;

namespace SsMfar.Training;

/// <summary>Custom parts that could not do on several ranks what they do in one process.</summary>
internal static class RankedParts
{
    /// <summary>Refuses a model with such parts.</summary>
    /// <exception cref="TrainingConfigurationException">It has one; the message names it.</exception>
    public static void Check(MultiTaskModel model, DistributedOptions options)
    {
        foreach (torch.nn.Module module in model.modules())
        {
            if (module is Dropout or Dropout1d or Dropout2d or Dropout3d or AlphaDropout or FeatureAlphaDropout)
            {
                throw new TrainingConfigurationException(
                    $"The model has a module {module.GetType().Name}, which draws from the generator of its process, so that ranks would " +
                        $"not drop what one process drops: leave it out and set {nameof(TrainingOptions.Heads)}." +
                        $"{nameof(HeadOptions.Dropout)}, or train in one process.");
            }

            if (options.SynchronizeBatchNorm && IsCustom(module) && module.children().FirstOrDefault(IsNorm) is { } norm)
            {
                throw new TrainingConfigurationException(
                    $"{nameof(TrainingOptions.Distributed)}.{nameof(DistributedOptions.SynchronizeBatchNorm)} is true, and " +
                        $"{module.GetType().Name} has a {norm.GetType().Name} of its own, which takes the statistics of one rank: set it " +
                        "to false, or choose a built-in backbone.");
            }
        }
    }

    private static bool IsNorm(torch.nn.Module module) => module is BatchNorm or InstanceNorm;

    // Our own modules call batch norms by other means.
    private static bool IsCustom(torch.nn.Module module) => module.GetType().Assembly != typeof(MultiTaskModel).Assembly &&
        module.GetType().Assembly != typeof(BatchNorm).Assembly;
}
