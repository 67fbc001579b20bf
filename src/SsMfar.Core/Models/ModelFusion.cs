using SsMfar.Randomness;

namespace SsMfar.Models;

/// <summary>Makes models faster for inference.</summary>
internal static class ModelFusion
{
    /// <summary>A copy whose backbone is fused, or null where the model's backbone is not <see cref="IFusible"/>.</summary>
    /// <param name="model">The model, in evaluation mode; stays as it is.</param>
    /// <param name="parts">What made its heads.</param>
    /// <returns>A model in evaluation mode; the caller owns it.</returns>
    public static MultiTaskModel? Fuse(MultiTaskModel model, ModelParts parts)
    {
        if (model.Backbone is not IFusible fusible)
        {
            return null;
        }

        var made = new List<IDisposable>();
        try
        {
            IBackbone backbone = fusible.Fuse();
            made.Add(backbone.Module);
            var heads = new List<KeyValuePair<string, ITaskHead>>();
            foreach (string task in model.TaskNames)
            {
                ITaskHead head = parts.CreateHead(model.Head(task).Description, RandomKey.OfNoValues);
                made.Add(head.Module);
                head.Module.load_state_dict(model.Head(task).Module.state_dict());
                heads.Add(new(task, head));
            }

            var fused = new MultiTaskModel(backbone, model.Features, heads);
            fused.eval();
            return fused;
        }
        catch
        {
            made.ForEach(part => part.Dispose());
            throw;
        }
    }
}
