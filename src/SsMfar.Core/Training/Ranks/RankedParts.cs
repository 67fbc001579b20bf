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
        }

        if (options.SynchronizeBatchNorm)
        {
            RefuseNorms(model.Backbone.Module, model.Backbone.GetType());
            foreach (ITaskHead head in model.TaskNames.Select(model.Head))
            {
                RefuseNorms(head.Module, head.GetType());
            }
        }
    }

    // A container of libtorch's says nothing to its user: the part that it is in is named.
    private static void RefuseNorms(torch.nn.Module module, Type owner)
    {
        if (module is BatchNorm or InstanceNorm)
        {
            throw new TrainingConfigurationException(
                $"{nameof(TrainingOptions.Distributed)}.{nameof(DistributedOptions.SynchronizeBatchNorm)} is true, and " +
                    $"{owner.Name} has a {module.GetType().Name} of its own, which takes the statistics of one rank: set it " +
                    "to false, or choose a built-in backbone.");
        }

        // Our own modules call batch norms by other means.
        if (module.GetType().Assembly == typeof(MultiTaskModel).Assembly)
        {
            return;
        }

        owner = module.GetType().Assembly == typeof(BatchNorm).Assembly ? owner : module.GetType();
        foreach (torch.nn.Module child in module.children())
        {
            RefuseNorms(child, owner);
        }
    }
}
